-- Version 20: who has taken the place of an account that nobody can open any more, as the server says now.
ALTER TABLE people ADD COLUMN successor BLOB;
-- The person takes the account for the one whose place it has taken.
ALTER TABLE people ADD COLUMN successor_accepted INTEGER NOT NULL DEFAULT 0;

-- Whoever was ever said to have taken somebody's place: the server cannot take back what it said.
CREATE TABLE successions (
    former BLOB NOT NULL,
    successor BLOB NOT NULL,
    PRIMARY KEY (successor, former)
) WITHOUT ROWID;
