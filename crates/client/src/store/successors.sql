-- Version 20: who has taken the place of an account that nobody can open any more.
ALTER TABLE people ADD COLUMN successor BLOB;
CREATE INDEX people_by_successor ON people (successor) WHERE successor IS NOT NULL;
