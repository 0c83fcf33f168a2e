//! The token endpoint (RFC 6749 3.2): who may ask, for what, how often, and what the tokens say.

mod a_code_belongs_to_one_request;
mod a_code_is_single_use;
mod a_refresh_token_rotates;
mod a_replayed_refresh_token_ends_its_family;
mod a_request_is_read_strictly;
mod access_tokens_follow_rfc_9068;
mod clients_authenticate_in_one_way;
mod families_end;
mod id_tokens_say_what_was_asked;
mod machines_get_tokens_of_their_own;
mod secrets_rotate;
