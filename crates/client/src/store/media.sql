-- Version 21: photos, voice, videos and files.

-- What is said of a message's files, as CBOR.
ALTER TABLE timeline ADD COLUMN attachments BLOB;
ALTER TABLE withheld ADD COLUMN attachments BLOB;
-- Its files are to be uploaded first.
ALTER TABLE outbox ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;

-- How to open files, and where they are. Their bytes lie beside the database, sealed.
CREATE TABLE files (
    blob BLOB PRIMARY KEY,
    key BLOB NOT NULL,
    nonce BLOB NOT NULL,
    hash BLOB NOT NULL,
    size INTEGER NOT NULL,
    -- The message that it belongs to; nothing while it waits to be sent.
    conversation BLOB,
    item TEXT,
    -- 0: staged, 1: to be uploaded, 2: on the server, 3: gone from there
    state INTEGER NOT NULL,
    -- All of it is on this device.
    here INTEGER NOT NULL,
    -- The person wants it on this device.
    wanted INTEGER NOT NULL DEFAULT 0,
    -- When it was staged or told of.
    time INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_of_items ON files (conversation, item);
CREATE INDEX files_to_upload ON files (time) WHERE state = 1;
CREATE INDEX files_wanted ON files (time) WHERE wanted = 1;

-- Files whose message is gone, or was, until it is looked whether it came back elsewhere.
CREATE TABLE files_gone (blob BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TRIGGER timeline_files_gone AFTER DELETE ON timeline WHEN old.attachments IS NOT NULL BEGIN
    INSERT OR IGNORE INTO files_gone SELECT blob FROM files WHERE conversation = old.conversation AND item = old.key;
END;
CREATE TRIGGER timeline_files_emptied AFTER UPDATE OF attachments ON timeline
WHEN old.attachments IS NOT NULL AND new.attachments IS NULL BEGIN
    INSERT OR IGNORE INTO files_gone SELECT blob FROM files WHERE conversation = old.conversation AND item = old.key;
END;
