-- What the service notes beside the time of a page: how many answers were changed on it later, and how often it was left
-- backwards. Counts only, and no moment of their own: they go with the page times.
ALTER TABLE fieldwork.page_time
    ADD COLUMN changes integer NOT NULL DEFAULT 0 CHECK (changes >= 0),
    ADD COLUMN backs integer NOT NULL DEFAULT 0 CHECK (backs >= 0);
