from __future__ import annotations

import pytest

from fake_server.secret_names import is_environment_secret, is_secret_name, is_secret_value


@pytest.mark.parametrize(
    "name",
    [
        *("token", "GITHUB_TOKEN", "apiKey", "api_key", "X-Api-Key", "OPENAI_API_KEY", "APIKEY"),
        *("db_password", "PGPASSWORD", "clientSecret", "AWS_SECRET_ACCESS_KEY", "secretAccessKey"),
        *("mcp.env.MY_CREDENTIALS", "privateKey", "AUTH_TOKENS", "--token", "refreshToken"),
    ],
)
def test_secret_names(name: str) -> None:
    """
    Names of secrets are known in every style of writing.
    """
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "tokenUsage", "total_tokens", "inputTokens", "maxToken", "nextPageToken", "key"),
        *("TOKEN_FILE", "secret_name", "cli_auth_credentials_store", "cancellationToken"),
        *("model_auto_compact_token_limit", "bearer_token_env_var", "AWS_ACCESS_KEY_ID"),
        *("userAuthorization", "isSecretary", "tokenizer", "token.count", "keyboard"),
    ],
)
def test_ordinary_names(name: str) -> None:
    """
    Names that only have the word in them are ordinary.
    """
    assert not is_secret_name(name)


@pytest.mark.parametrize("name", ["A_TOKEN", "MY_API_KEY", "DB_PASSWD", "apikey", "X_CREDENTIAL"])
def test_environment_names(name: str) -> None:
    """
    In an environment the word anywhere in the name is enough.
    """
    assert is_environment_secret(name)


@pytest.mark.parametrize(
    ("name", "separator", "value", "quoted", "expected"),
    [
        ("A_TOKEN", "=", "v", False, True),
        ("A_TOKEN", "=", "12", False, False),
        ("A_PASSWORD", "=", "12", False, True),
        ("A_TOKEN", "=", "false", False, False),
        ("A_TOKEN", "=", "$OTHER", False, False),
        ("password", ": ", "two words", True, True),
        ("password", ": ", "string", True, False),
        ("token", ": ", "two w0rds", True, False),
        ("token", ": ", "w0rd", True, True),
        ("token", ": ", "TokenReader", True, False),
        ("access_token", ": ", "TokenReader", True, True),
        ("api_key", ": ", "{api_key}", True, False),
        ("token", "=", "abc12", False, False),
        ("token", "=", "abc123", False, True),
        ("token", "=", "read(x1)", False, False),
        ("token", "=", "settings.key1", False, False),
        ("token", "=", "/run/secret1", False, False),
        ("token", "=", "reader", False, False),
        ("password", "=", "swordfish", False, True),
        ("password", " = ", "swordfish", False, False),
        ("password", "=", "db_password", False, False),
    ],
)
def test_secret_values(name: str, separator: str, value: str, quoted: bool, expected: bool) -> None:
    """
    Types, templates, counts, references and code are not the secret itself.
    """
    assert is_secret_value(name, separator, value, quoted=quoted) is expected
