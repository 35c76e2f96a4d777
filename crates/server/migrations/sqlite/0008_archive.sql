-- Each account's history, sealed by its devices.

CREATE TABLE archives (
    account  BLOB NOT NULL PRIMARY KEY REFERENCES accounts (id),
    -- One more at each change.
    version  INTEGER NOT NULL,
    -- The version at which everything before was erased; 0 if that never happened.
    erased   INTEGER NOT NULL,
    segments INTEGER NOT NULL,
    -- Of all segments.
    bytes    INTEGER NOT NULL
);

-- What a device knew of a range of a log. Those of one conversation never overlap.
CREATE TABLE archive_segments (
    account      BLOB NOT NULL REFERENCES archives (account),
    conversation BLOB NOT NULL,
    first_seq    INTEGER NOT NULL,
    last_seq     INTEGER NOT NULL,
    revision     INTEGER NOT NULL,
    as_of        INTEGER NOT NULL,
    items        INTEGER NOT NULL,
    time         INTEGER NOT NULL,
    -- The archive's version that wrote it.
    version      INTEGER NOT NULL,
    size         INTEGER NOT NULL,
    sealed       BLOB NOT NULL,
    PRIMARY KEY (account, conversation, first_seq)
);
CREATE UNIQUE INDEX archive_segments_by_version ON archive_segments (account, version);
