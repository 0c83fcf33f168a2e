-- PostgreSQL. Keys collate by byte, which is faster and the same order as SQLite's. Moments are UTC without a time zone.

-- What is registered and who has an account.
CREATE TABLE clients (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    name text NOT NULL,
    application_type text NOT NULL,
    auth_method text NOT NULL,
    redirect_uris text NOT NULL,
    post_logout_redirect_uris text NOT NULL,
    grant_types text NOT NULL,
    scope text NOT NULL,
    require_pkce boolean NOT NULL,
    first_party boolean NOT NULL,
    may_introspect boolean NOT NULL,
    access_lifetime bigint,
    code_lifetime bigint,
    refresh_idle_lifetime bigint,
    refresh_absolute_lifetime bigint,
    access_token_alg text,
    id_token_alg text NOT NULL,
    userinfo_alg text,
    client_uri text,
    logo_uri text,
    policy_uri text,
    tos_uri text,
    disabled_at timestamp,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);

CREATE TABLE client_secrets (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    client_id text COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    digest bytea NOT NULL,
    created_at timestamp NOT NULL,
    expires_at timestamp
);
CREATE INDEX client_secrets_by_client ON client_secrets (client_id);
CREATE INDEX client_secrets_by_expiry ON client_secrets (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE users (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    email text NOT NULL,
    email_key text COLLATE "C" NOT NULL UNIQUE,
    email_verified boolean NOT NULL,
    name text NOT NULL,
    password_hash text,
    disabled_at timestamp,
    created_at timestamp NOT NULL,
    updated_at timestamp NOT NULL
);

CREATE TABLE user_roles (
    user_id text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, role)
);

-- Browsers and what people allowed in them. A grant and an interaction name a session without a foreign key: a grant
-- with offline_access outlives its session, and a swept session must take nothing along.
CREATE TABLE sessions (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    digest bytea NOT NULL,
    user_id text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    authenticated_at timestamp NOT NULL,
    acr text NOT NULL,
    amr text NOT NULL,
    created_at timestamp NOT NULL,
    last_seen_at timestamp NOT NULL,
    expires_at timestamp NOT NULL,
    revoked_at timestamp,
    address text NOT NULL,
    user_agent text NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE interactions (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    client_id text COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    parameters text NOT NULL,
    browser bytea NOT NULL,
    decision text NOT NULL,
    session_id text COLLATE "C",
    created_at timestamp NOT NULL,
    expires_at timestamp NOT NULL,
    finished_at timestamp
);
CREATE INDEX interactions_by_client ON interactions (client_id);
CREATE INDEX interactions_by_expiry ON interactions (expires_at);

CREATE TABLE consents (
    user_id text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id text COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    scope text NOT NULL,
    granted_at timestamp NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE INDEX consents_by_client ON consents (client_id);

CREATE TABLE grants (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    client_id text COLLATE "C" NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    user_id text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id text COLLATE "C" NOT NULL,
    scope text NOT NULL,
    claims text NOT NULL,
    authenticated_at timestamp NOT NULL,
    acr text NOT NULL,
    amr text NOT NULL,
    offline boolean NOT NULL,
    created_at timestamp NOT NULL,
    expires_at timestamp NOT NULL,
    revoked_at timestamp
);
CREATE INDEX grants_by_client ON grants (client_id);
CREATE INDEX grants_by_user ON grants (user_id);
CREATE INDEX grants_by_session ON grants (session_id);
CREATE INDEX grants_by_expiry ON grants (expires_at);

-- What hangs off a grant.
CREATE TABLE codes (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    grant_id text COLLATE "C" NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    digest bytea NOT NULL,
    redirect_uri text NOT NULL,
    redirect_uri_given boolean NOT NULL,
    code_challenge text,
    nonce text,
    created_at timestamp NOT NULL,
    expires_at timestamp NOT NULL,
    used_at timestamp
);
CREATE INDEX codes_by_grant ON codes (grant_id);
CREATE INDEX codes_by_expiry ON codes (expires_at);

CREATE TABLE refresh_tokens (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    grant_id text COLLATE "C" NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    digest bytea NOT NULL,
    parent_id text COLLATE "C",
    created_at timestamp NOT NULL,
    expires_at timestamp NOT NULL,
    used_at timestamp,
    successor_id text COLLATE "C",
    sealed_successor bytea
);
CREATE INDEX refresh_tokens_by_grant ON refresh_tokens (grant_id);

CREATE TABLE revoked_tokens (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    revoked_at timestamp NOT NULL,
    expires_at timestamp NOT NULL
);
CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_at);

-- What the server keeps for itself, sealed under the master key.
CREATE TABLE signing_keys (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    algorithm text NOT NULL,
    public_jwk text NOT NULL,
    sealed_private bytea NOT NULL,
    created_at timestamp NOT NULL,
    activates_at timestamp NOT NULL,
    expires_at timestamp
);

CREATE TABLE server_secrets (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    sealed bytea NOT NULL,
    created_at timestamp NOT NULL
);

-- The audit trail: no foreign keys, it outlives what it tells of.
CREATE TABLE events (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    at timestamp NOT NULL,
    kind text NOT NULL,
    outcome text NOT NULL,
    actor text NOT NULL,
    user_id text COLLATE "C",
    client_id text COLLATE "C",
    session_id text COLLATE "C",
    grant_id text COLLATE "C",
    address text NOT NULL,
    user_agent text NOT NULL,
    request_id text NOT NULL,
    detail text NOT NULL
);
CREATE INDEX events_by_moment ON events (at);
