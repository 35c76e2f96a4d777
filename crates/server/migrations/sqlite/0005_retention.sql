-- How far logs have been pruned: entries up to there are not kept any more. Their rows stay for a while, emptied.

-- The last entry that was pruned; 0 for none.
ALTER TABLE conversations ADD COLUMN pruned_seq INTEGER NOT NULL DEFAULT 0;
-- Running hash at that one.
ALTER TABLE conversations ADD COLUMN pruned_hash BLOB;
