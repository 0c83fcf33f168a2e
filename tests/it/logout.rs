//! Signing out (OpenID Connect RP-Initiated Logout 1.0): at once with proof, else after the person was asked.

mod a_page_asks_without_proof;
mod an_app_signs_a_person_out;
