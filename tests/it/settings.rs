//! Settings: what may be set, what is refused, and how it is said.

mod all_complaints_come_at_once;
mod every_key_can_be_set;
mod every_key_is_documented;
mod every_wrong_value_is_a_complaint;
mod files_that_people_copy_load;
mod only_known_keys_are_taken;
mod samples;
mod secrets_are_not_shown;
mod settings_agree_with_each_other;
mod show_means_what_is_in_force;
