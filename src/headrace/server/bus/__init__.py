"""How those who listen within a server learn that something was committed, by whichever process.

The bus carries no content: it says that there may be news, and who listens reads them from the store, from a position
of its own. So a message that is lost costs delay, and nothing else.
"""
