-- Version 17: the account's archive, and what of logs is here.

-- Parts of logs whose entries are in the timelines, taken from the log or from the archive. They never touch each other.
CREATE TABLE held_ranges (
    conversation BLOB NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (conversation, first)
) WITHOUT ROWID;
-- Where earlier versions came in is not known: a device that misses something said so in the timeline.
INSERT INTO held_ranges
    SELECT id, coalesce((SELECT min(seq) FROM timeline WHERE conversation = id AND seq > 0), applied_seq), applied_seq
    FROM conversations WHERE applied_seq > 0 AND superseded_by IS NULL;

-- The archive's segments, as the server listed them or took them from this device.
CREATE TABLE archive_segments (
    conversation BLOB NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    items INTEGER NOT NULL,
    time INTEGER NOT NULL,
    version INTEGER NOT NULL,
    -- Something in it is gone since: the newest entry that the server was known to have then. 0 for nothing.
    soiled INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation, first)
) WITHOUT ROWID;
CREATE INDEX archive_segments_soiled ON archive_segments (conversation) WHERE soiled > 0;
-- What goes from a timeline goes from the archive, whatever removes it.
CREATE TRIGGER timeline_soils AFTER DELETE ON timeline WHEN old.seq IS NOT NULL AND old.kind < 2
-- What disappears so soon is not in it.
AND (old.expires_in IS NULL OR old.expires_in > 86400) BEGIN
    UPDATE archive_segments SET soiled = max(1, coalesce((SELECT server_seq FROM conversations WHERE id = old.conversation), 1))
    WHERE conversation = old.conversation AND last >= old.seq AND first = (
        SELECT max(first) FROM archive_segments WHERE conversation = old.conversation AND first <= old.seq);
END;
CREATE TRIGGER timeline_emptied AFTER UPDATE OF content ON timeline
WHEN old.seq IS NOT NULL AND length(old.content) > 0 AND new.content IS NULL BEGIN
    UPDATE archive_segments SET soiled = max(1, coalesce((SELECT server_seq FROM conversations WHERE id = old.conversation), 1))
    WHERE conversation = old.conversation AND last >= old.seq AND first = (
        SELECT max(first) FROM archive_segments WHERE conversation = old.conversation AND first <= old.seq);
END;

-- Deletions for everyone that the log has. They outlive what they delete: elsewhere that may still be to come.
CREATE TABLE deletions (
    conversation BLOB NOT NULL,
    target BLOB NOT NULL,
    client_id BLOB NOT NULL,
    message_id BLOB NOT NULL,
    sender BLOB NOT NULL,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (conversation, target)
) WITHOUT ROWID;
CREATE INDEX deletions_seq ON deletions (conversation, seq);

-- The archive's version up to which its segments are known.
ALTER TABLE session ADD COLUMN archive_version INTEGER NOT NULL DEFAULT 0;
-- Wrote something that is shown, perhaps without being a member any more.
ALTER TABLE people ADD COLUMN met INTEGER NOT NULL DEFAULT 0;
