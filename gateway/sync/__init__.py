"""What the gateway tells others about tenants, repeated until it succeeds: Telegram and the backend."""
