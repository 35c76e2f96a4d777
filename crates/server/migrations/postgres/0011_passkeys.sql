-- Passkeys: what signs in beside the password.

CREATE TABLE passkeys (
    -- SHA-256 of the token that it yields.
    token_hash BYTEA NOT NULL PRIMARY KEY,
    account    BYTEA NOT NULL REFERENCES accounts (id),
    passkey    BYTEA NOT NULL,
    created    BIGINT NOT NULL,
    UNIQUE (account, passkey)
);
