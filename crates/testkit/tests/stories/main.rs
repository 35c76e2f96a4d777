//! Stories through real HTTP and sockets, with the native client, on SQLite and, where the tests were given one, on
//! PostgreSQL. One program, because building it takes longer than running it.

#![allow(clippy::unwrap_used)]

mod archive;
mod bad_client;
mod beginning_anew;
mod blocked;
mod catching_up;
mod chats;
mod demo;
mod devices;
mod failing;
mod faults;
mod finding;
mod groups;
mod kill;
mod leaving;
mod linking;
mod links;
mod lists;
mod media;
mod messages;
mod passkeys;
mod people;
mod presence;
mod rejoining;
mod restore;
mod retention;
mod revoking;
mod safety;
mod secrecy;
mod stopped;
mod time;
mod verification;
