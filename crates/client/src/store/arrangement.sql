-- Version 4: how conversations stand in the list, contacts, settings, search.

-- How conversations stand in the person's list: the vault's records `chat/<conversation>`, to be joined with. There may be
-- one before its conversation is here.
CREATE TABLE chats (
    conversation BLOB PRIMARY KEY,
    muted_until INTEGER NOT NULL DEFAULT 0,
    pinned INTEGER NOT NULL DEFAULT 0,
    archived INTEGER,                    -- up to which seq it was archived: newer messages bring it back
    marked_unread INTEGER NOT NULL DEFAULT 0,
    accepted INTEGER NOT NULL DEFAULT 0,
    added_by BLOB,                       -- who added this person to a group
    deleted INTEGER,                     -- up to which seq its messages were removed
    read_up_to INTEGER NOT NULL DEFAULT 0 -- own devices agree on it where the server is not told
) WITHOUT ROWID;

-- Messages that are hidden on this account's devices: the newest of each conversation.
CREATE TABLE hidden (
    conversation BLOB NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (conversation, key)
) WITHOUT ROWID;

ALTER TABLE conversations ADD COLUMN draft_time INTEGER NOT NULL DEFAULT 0; -- when it was written, on any own device
ALTER TABLE conversations ADD COLUMN draft_unsaved INTEGER NOT NULL DEFAULT 0; -- not in the vault yet

ALTER TABLE people ADD COLUMN contact INTEGER NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN profile_key BLOB;                            -- opens the picture
ALTER TABLE people ADD COLUMN picture TEXT;                                -- in `pictures`
ALTER TABLE people ADD COLUMN picture_version INTEGER NOT NULL DEFAULT 0;  -- of the server's, as far as known
ALTER TABLE people ADD COLUMN picture_read INTEGER NOT NULL DEFAULT 0;     -- of the one that was read last
ALTER TABLE people ADD COLUMN refreshed INTEGER NOT NULL DEFAULT 0;        -- when the profile was read last
CREATE INDEX people_pictures ON people (account) WHERE profile_key IS NOT NULL AND picture_version <> picture_read;

-- Pictures of people and groups, by what is in them.
CREATE TABLE pictures (
    id TEXT PRIMARY KEY,
    data BLOB NOT NULL
) WITHOUT ROWID;

-- Parts of the own profile that the server does not have yet.
CREATE TABLE unsent (
    what TEXT PRIMARY KEY,               -- 'name', 'picture'
    value TEXT NOT NULL
) WITHOUT ROWID;

-- What can be searched: the texts of messages, by their row in the timeline. Kept in step by triggers, so that no change of
-- a timeline is forgotten. `searchable` is store/search.rs.
CREATE VIRTUAL TABLE search USING fts5 (
    text, content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO search (rowid, text)
    SELECT id, searchable(text) FROM timeline WHERE kind = 0 AND text IS NOT NULL AND deleted = 0;
CREATE TRIGGER timeline_searchable AFTER INSERT ON timeline
WHEN new.kind = 0 AND new.text IS NOT NULL AND new.deleted = 0 BEGIN
    INSERT INTO search (rowid, text) VALUES (new.id, searchable(new.text));
END;
CREATE TRIGGER timeline_changed AFTER UPDATE OF text, kind, deleted ON timeline
WHEN old.text IS NOT new.text OR old.kind <> new.kind OR old.deleted <> new.deleted BEGIN
    DELETE FROM search WHERE rowid = old.id;
    INSERT INTO search (rowid, text)
        SELECT new.id, searchable(new.text)
        WHERE new.kind = 0 AND new.text IS NOT NULL AND new.deleted = 0;
END;
CREATE TRIGGER timeline_gone AFTER DELETE ON timeline BEGIN
    DELETE FROM search WHERE rowid = old.id;
END;
