"""The pages: each a function of its context and a connection, giving its title and content."""
