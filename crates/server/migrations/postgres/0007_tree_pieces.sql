-- Ratchet trees are kept in pieces, so that a commit writes what it changes of a large one.

CREATE TABLE tree_pieces (
    conversation BYTEA NOT NULL REFERENCES conversations (id),
    sha256       BYTEA NOT NULL,
    piece        BYTEA NOT NULL,
    PRIMARY KEY (conversation, sha256)
);

-- Trees that are there become one piece each. At once: what a server of the version before writes could not be read.
INSERT INTO tree_pieces (conversation, sha256, piece) SELECT conversation, sha256, tree FROM trees;
-- SHA-256 of each piece of the tree, in their order, without anything between them.
ALTER TABLE trees RENAME COLUMN tree TO pieces;
UPDATE trees SET pieces = sha256;
-- SET STORAGE: ciphertext and keys do not become smaller, and trying took longer than all else in a large commit.
ALTER TABLE log ALTER COLUMN message SET STORAGE EXTERNAL;
ALTER TABLE tree_pieces ALTER COLUMN piece SET STORAGE EXTERNAL;
ALTER TABLE inbox ALTER COLUMN welcome SET STORAGE EXTERNAL;
