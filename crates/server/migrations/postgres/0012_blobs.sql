-- Blobs: encrypted attachments. Their bytes are not in the database.

CREATE TABLE blobs (
    id           BYTEA NOT NULL PRIMARY KEY,
    -- Who uploads it, and whose room it takes.
    account      BYTEA NOT NULL REFERENCES accounts (id),
    size         BIGINT NOT NULL,
    -- So much of it is stored.
    stored       BIGINT NOT NULL,
    -- The message that it belongs to.
    conversation BYTEA,
    client_id    BYTEA,
    -- It was deleted with its message: nobody may read it any more.
    gone         BIGINT NOT NULL DEFAULT 0,
    -- Since when nothing tells of it; nothing while something does.
    lonely       BIGINT,
    -- When that is looked at next.
    due          BIGINT NOT NULL
);
CREATE INDEX blobs_by_account ON blobs (account);
CREATE INDEX blobs_by_message ON blobs (conversation, client_id) WHERE conversation IS NOT NULL;
CREATE INDEX blobs_due ON blobs (due);

CREATE TABLE blob_parts (
    blob   BYTEA NOT NULL REFERENCES blobs (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    -- Tells the stored part from what another writer of the same part left.
    object BYTEA NOT NULL,
    PRIMARY KEY (blob, number)
);

-- The blobs that segments of archives tell of.
CREATE TABLE archive_blobs (
    account      BYTEA NOT NULL,
    conversation BYTEA NOT NULL,
    first_seq    BIGINT NOT NULL,
    blob         BYTEA NOT NULL,
    PRIMARY KEY (account, conversation, first_seq, blob),
    FOREIGN KEY (account, conversation, first_seq)
        REFERENCES archive_segments (account, conversation, first_seq) ON DELETE CASCADE
);
CREATE INDEX archive_blobs_by_blob ON archive_blobs (blob);
