-- Passkeys: what signs in beside the password.

CREATE TABLE passkeys (
    -- SHA-256 of the token that it yields.
    token_hash BLOB NOT NULL PRIMARY KEY,
    account    BLOB NOT NULL REFERENCES accounts (id),
    passkey    BLOB NOT NULL,
    created    INTEGER NOT NULL,
    UNIQUE (account, passkey)
);
