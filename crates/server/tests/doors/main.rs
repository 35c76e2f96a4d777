//! The server through its real doors: HTTP and sockets on a port of its own, each test with its own data folder.
#![allow(clippy::unwrap_used)]

mod access;
mod accounts;
mod acme;
mod blobs;
mod cast;
mod conversations;
mod devices;
mod frames;
mod http;
mod identity;
mod leaving;
mod lifecycle;
mod linking;
mod links;
mod messaging;
mod passkeys;
mod people;
mod person;
mod poll;
mod reports;
mod resets;
mod revocation;
mod server;
mod socket;
mod tls;
mod web;
