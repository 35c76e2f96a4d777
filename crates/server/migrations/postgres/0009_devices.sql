-- The account's keys in their generations, when its devices were there, and new devices that are linked.

-- Of the account's keys: one more each time that a device is revoked.
ALTER TABLE accounts ADD COLUMN generation BIGINT NOT NULL DEFAULT 1;

-- When a list admitted it; nothing for those from before.
ALTER TABLE devices ADD COLUMN added BIGINT;
-- To the minute; nothing if it never was connected since.
ALTER TABLE devices ADD COLUMN last_seen BIGINT;

-- Of the keys that it is sealed with.
ALTER TABLE archive_segments ADD COLUMN generation BIGINT NOT NULL DEFAULT 1;
-- SHA-256 of what is sealed; nothing for those from before.
ALTER TABLE archive_segments ADD COLUMN hash BYTEA;

-- The keys of the present generation for the devices that stayed.
CREATE TABLE handovers (
    device      BYTEA NOT NULL PRIMARY KEY,
    account     BYTEA NOT NULL REFERENCES accounts (id),
    key_package BYTEA NOT NULL,
    sealed      BYTEA NOT NULL
);
CREATE INDEX handovers_by_account ON handovers (account);

-- Where a new device and one that is signed in meet, and what they say, which the server cannot read.
CREATE TABLE linkings (
    number   TEXT NOT NULL PRIMARY KEY,
    -- SHA-256 of the new device's key, and of the key of the one that came; nothing before.
    new_key  BYTEA NOT NULL UNIQUE,
    old_key  BYTEA UNIQUE,
    -- Whose device came, and which.
    account  BYTEA,
    device   BYTEA,
    offer    BYTEA NOT NULL,
    answer   BYTEA,
    reveal   BYTEA,
    approval BYTEA,
    refused  BOOLEAN NOT NULL,
    -- SHA-256 of the token that the new device was given.
    session  BYTEA,
    expires  BIGINT NOT NULL
);
CREATE INDEX linkings_by_expiry ON linkings (expires);
