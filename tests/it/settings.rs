//! Settings: what may be set, what is refused, and how it is said.

mod samples;
mod show_means_what_is_in_force;
