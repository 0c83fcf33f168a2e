//! The tables as diesel sees them: written by hand, one for both databases. The columns stand in the order of the
//! migrations; rows are read by position.

diesel::table! {
    clients (id) {
        id -> Text,
        name -> Text,
        application_type -> Text,
        auth_method -> Text,
        redirect_uris -> Text,
        post_logout_redirect_uris -> Text,
        grant_types -> Text,
        scope -> Text,
        require_pkce -> Bool,
        first_party -> Bool,
        may_introspect -> Bool,
        access_lifetime -> Nullable<BigInt>,
        code_lifetime -> Nullable<BigInt>,
        refresh_idle_lifetime -> Nullable<BigInt>,
        refresh_absolute_lifetime -> Nullable<BigInt>,
        access_token_alg -> Nullable<Text>,
        id_token_alg -> Text,
        userinfo_alg -> Nullable<Text>,
        client_uri -> Nullable<Text>,
        logo_uri -> Nullable<Text>,
        policy_uri -> Nullable<Text>,
        tos_uri -> Nullable<Text>,
        disabled_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    client_secrets (id) {
        id -> Text,
        client_id -> Text,
        digest -> Binary,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        email -> Text,
        email_key -> Text,
        email_verified -> Bool,
        name -> Text,
        password_hash -> Nullable<Text>,
        disabled_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    user_roles (user_id, role) {
        user_id -> Text,
        role -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        digest -> Binary,
        user_id -> Text,
        authenticated_at -> Timestamp,
        acr -> Text,
        amr -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
        address -> Text,
        user_agent -> Text,
    }
}

diesel::table! {
    interactions (id) {
        id -> Text,
        client_id -> Text,
        parameters -> Text,
        browser -> Binary,
        decision -> Text,
        session_id -> Nullable<Text>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    consents (user_id, client_id) {
        user_id -> Text,
        client_id -> Text,
        scope -> Text,
        granted_at -> Timestamp,
    }
}

diesel::table! {
    grants (id) {
        id -> Text,
        client_id -> Text,
        user_id -> Text,
        session_id -> Text,
        scope -> Text,
        claims -> Text,
        authenticated_at -> Timestamp,
        acr -> Text,
        amr -> Text,
        offline -> Bool,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    codes (id) {
        id -> Text,
        grant_id -> Text,
        digest -> Binary,
        redirect_uri -> Text,
        redirect_uri_given -> Bool,
        code_challenge -> Nullable<Text>,
        nonce -> Nullable<Text>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    refresh_tokens (id) {
        id -> Text,
        grant_id -> Text,
        digest -> Binary,
        parent_id -> Nullable<Text>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        successor_id -> Nullable<Text>,
        sealed_successor -> Nullable<Binary>,
    }
}

diesel::table! {
    revoked_tokens (id) {
        id -> Text,
        revoked_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    signing_keys (id) {
        id -> Text,
        algorithm -> Text,
        public_jwk -> Text,
        sealed_private -> Binary,
        created_at -> Timestamp,
        activates_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    server_secrets (name) {
        name -> Text,
        sealed -> Binary,
        created_at -> Timestamp,
    }
}

diesel::table! {
    events (id) {
        id -> Text,
        at -> Timestamp,
        kind -> Text,
        outcome -> Text,
        actor -> Text,
        user_id -> Nullable<Text>,
        client_id -> Nullable<Text>,
        session_id -> Nullable<Text>,
        grant_id -> Nullable<Text>,
        address -> Text,
        user_agent -> Text,
        request_id -> Text,
        detail -> Text,
    }
}

diesel::joinable!(codes -> grants (grant_id));
diesel::joinable!(refresh_tokens -> grants (grant_id));
diesel::allow_tables_to_appear_in_same_query!(codes, grants, refresh_tokens);
