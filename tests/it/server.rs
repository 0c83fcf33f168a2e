//! The server as a process: alive, ready, stopped, swept, and several at once over one database.

mod every_request_has_an_id;
mod expired_rows_are_swept;
mod it_is_alive_and_ready;
mod it_stops_when_told;
mod nodes_agree;
