-- Each account's history, sealed by its devices.

CREATE TABLE archives (
    account  BYTEA NOT NULL PRIMARY KEY REFERENCES accounts (id),
    -- One more at each change.
    version  BIGINT NOT NULL,
    -- The version at which everything before was erased; 0 if that never happened.
    erased   BIGINT NOT NULL,
    segments BIGINT NOT NULL,
    -- Of all segments.
    bytes    BIGINT NOT NULL
);

-- What a device knew of a range of a log. Those of one conversation never overlap.
CREATE TABLE archive_segments (
    account      BYTEA NOT NULL REFERENCES archives (account),
    conversation BYTEA NOT NULL,
    first_seq    BIGINT NOT NULL,
    last_seq     BIGINT NOT NULL,
    revision     BIGINT NOT NULL,
    as_of        BIGINT NOT NULL,
    items        BIGINT NOT NULL,
    time         BIGINT NOT NULL,
    -- The archive's version that wrote it.
    version      BIGINT NOT NULL,
    size         BIGINT NOT NULL,
    sealed       BYTEA NOT NULL,
    PRIMARY KEY (account, conversation, first_seq)
);
CREATE UNIQUE INDEX archive_segments_by_version ON archive_segments (account, version);
ALTER TABLE archive_segments ALTER COLUMN sealed SET STORAGE EXTERNAL;
