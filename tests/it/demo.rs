//! The demo as somebody sees it who has just cloned the repository.

mod guarded;
mod playing;
mod walk;
