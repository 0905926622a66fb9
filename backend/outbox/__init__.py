"""Messages to people, written in the transaction of the change that causes them; `notices` sends them."""
