//! What people do at the door: sign up, sign in, answer for an app, sign out. Each writes what happened and nothing more;
//! what comes next is decided by `protocol::authorize`.

pub mod answer;
pub mod sessions;
pub mod sign_in;
pub mod sign_up;
