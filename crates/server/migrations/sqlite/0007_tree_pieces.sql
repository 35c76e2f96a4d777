-- Ratchet trees are kept in pieces, so that a commit writes what it changes of a large one.

CREATE TABLE tree_pieces (
    conversation BLOB NOT NULL REFERENCES conversations (id),
    sha256       BLOB NOT NULL,
    piece        BLOB NOT NULL,
    PRIMARY KEY (conversation, sha256)
);

-- Trees that are there become one piece each. At once: what a server of the version before writes could not be read.
INSERT INTO tree_pieces (conversation, sha256, piece) SELECT conversation, sha256, tree FROM trees;
-- SHA-256 of each piece of the tree, in their order, without anything between them.
ALTER TABLE trees RENAME COLUMN tree TO pieces;
UPDATE trees SET pieces = sha256;
