"""What athena_duckdb and gluelocal refuse, in sentences."""


class RefusedError(Exception):
    """Something can't be done; the message says why, and what to do next."""


class ConfigError(RefusedError):
    """What somebody gave is wrong: a statement, a template, an option or a folder. The message says what it takes."""


class NoCatalogError(ConfigError):
    """A folder has no tables yet."""
