"""The only door into the database: server, connection, schema, check, store."""
