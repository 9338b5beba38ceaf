-- Questions that the owner asks beside the battery, as they were sent.
ALTER TABLE fieldwork.audit ADD COLUMN own_questions jsonb NOT NULL DEFAULT '[]';
