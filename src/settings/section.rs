//! How a section is written down: a struct whose fields are its keys.

/// A section: the struct, its keys, how it is read (every field, then all or nothing) and how it is shown.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident, $section:literal { $($(#[$field_doc:meta])* $field:ident: $kind:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $kind),+
        }

        impl $name {
            /// The name of the section.
            pub const NAME: &'static str = $section;
            /// The names of its keys.
            pub const KEYS: &'static [&'static str] = &[$(stringify!($field)),+];

            pub(in crate::settings) fn read(reader: &mut $crate::settings::reader::Reader) -> Option<Self> {
                $(let $field = reader.get::<$kind>($section, stringify!($field));)+
                Some(Self { $($field: $field?),+ })
            }

            pub(in crate::settings) fn show(&self) -> String {
                let mut text = format!("[{}]\n", $section);
                $(if let Some(shown) = $crate::settings::value::Value::show(&self.$field) {
                    text.push_str(&format!("{} = {shown}\n", stringify!($field)));
                })+
                text
            }
        }
    };
}

pub(in crate::settings) use section;
