-- Ways to reach a member: a mobile number and a postal address beside the mail address, and what came back undelivered.

-- What the member wants, and whether number and address are there. The API knows no more than that.
ALTER TABLE panel.member
    ADD COLUMN channel       text NOT NULL DEFAULT 'email' CHECK (channel IN ('email', 'sms', 'letter')),
    ADD COLUMN phone_given   boolean NOT NULL DEFAULT false,
    ADD COLUMN address_given boolean NOT NULL DEFAULT false;

-- In E.164; the address as it was typed, without its lines.
ALTER TABLE vault.contact
    ADD COLUMN phone    text CHECK (phone ~ '^\+[1-9][0-9]{7,14}$'),
    ADD COLUMN name     text CHECK (length(name) <= 60),
    ADD COLUMN street   text CHECK (length(street) BETWEEN 1 AND 60),
    ADD COLUMN door     text CHECK (length(door) BETWEEN 1 AND 20),
    ADD COLUMN postcode text CHECK (postcode ~ '^[1-9][0-9]{3}[A-Z]{2}$'),
    ADD COLUMN place    text CHECK (length(place) BETWEEN 1 AND 60),
    ADD CONSTRAINT contact_address_whole CHECK (num_nulls(street, door, postcode, place) IN (0, 4));

-- What members dropped in and the vault's keeper has not taken over yet. All columns of a kind empty: removed.
CREATE TABLE vault.reach (
    id        uuid PRIMARY KEY,
    member_id uuid NOT NULL,
    what      text NOT NULL CHECK (what IN ('phone', 'address')),
    phone     text CHECK (phone ~ '^\+[1-9][0-9]{7,14}$'),
    name      text CHECK (length(name) <= 60),
    street    text CHECK (length(street) BETWEEN 1 AND 60),
    door      text CHECK (length(door) BETWEEN 1 AND 20),
    postcode  text CHECK (postcode ~ '^[1-9][0-9]{3}[A-Z]{2}$'),
    place     text CHECK (length(place) BETWEEN 1 AND 60),
    given_at  timestamptz NOT NULL
);
CREATE INDEX reach_member ON vault.reach (member_id);

-- Letters that wait to be printed, with their lines as they stand on the envelope.
CREATE TABLE vault.letter (
    audit_id      uuid NOT NULL,
    invitation_id uuid NOT NULL,
    wave          text NOT NULL,
    lines         text[] NOT NULL CHECK (cardinality(lines) BETWEEN 1 AND 6),
    language      text NOT NULL CHECK (language IN ('nl', 'en')),
    waiting_since timestamptz NOT NULL,
    -- The batch that it is printed in; empty while it waits.
    batch_id      uuid,
    PRIMARY KEY (audit_id, invitation_id, wave)
);
CREATE INDEX letter_waiting ON vault.letter (audit_id) WHERE batch_id IS NULL;

ALTER TABLE panel.mailing
    ADD COLUMN channel text NOT NULL DEFAULT 'email' CHECK (channel IN ('email', 'sms', 'letter'));

-- Reports on mail that did not arrive. The same report, told by its hash, counts once.
CREATE TABLE panel.returned (
    audit_id      uuid NOT NULL,
    invitation_id uuid NOT NULL,
    report_hash   bytea NOT NULL CHECK (octet_length(report_hash) = 32),
    -- `permanent`: no more mail goes there, also after too many transient ones.
    kind          text NOT NULL CHECK (kind IN ('permanent', 'transient')),
    came_at       timestamptz NOT NULL,
    PRIMARY KEY (audit_id, invitation_id, report_hash)
);

GRANT INSERT ON vault.reach TO samenspraak_api;
GRANT UPDATE (channel, phone_given, address_given) ON panel.member TO samenspraak_api;
GRANT SELECT, INSERT ON panel.returned TO samenspraak_api;
GRANT SELECT ON panel.returned TO samenspraak_worker;
GRANT SELECT, DELETE ON vault.reach TO samenspraak_vault;
GRANT SELECT, INSERT, UPDATE, DELETE ON vault.letter TO samenspraak_vault;
GRANT SELECT, DELETE ON panel.returned TO samenspraak_vault;
