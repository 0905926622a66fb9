"""What the gateway tells others about tenants, again until it is heard: Telegram and the backend."""
