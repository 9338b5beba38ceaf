-- How a response is given: in the easy mode or not, and what conditions may know of the person beforehand.
ALTER TABLE fieldwork.response
    ADD COLUMN easy boolean NOT NULL DEFAULT false,
    ADD COLUMN profile jsonb NOT NULL DEFAULT '{}',
    DROP CONSTRAINT response_language_check,
    ADD CONSTRAINT response_language_check CHECK (language IN ('nl', 'en', 'tr', 'ar', 'pl', 'uk'));
