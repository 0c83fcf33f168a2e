//! The outermost layer: what comes in malformed is answered, guarded, and never our fault.

mod a_policy_cannot_be_broken_out_of;
mod a_wrong_method_or_path_is_never_our_fault;
mod nonsense_in_cookies_is_no_cookie;
