//! What the person chose, whom they know, and pictures.

use super::Read;
use crate::{
    engine::{pictures, settings},
    snapshot::{Contacts, Picture, Settings},
    store::Store,
};

pub(super) fn default() -> Settings {
    settings::default()
}

pub(super) fn no_contacts() -> Contacts {
    Contacts { contacts: Vec::new(), blocked: Vec::new() }
}

pub(super) fn settings(store: Store<'_>) -> Read<Settings> {
    settings::chosen(store)
}

pub(super) fn contacts(store: Store<'_>) -> Read<Contacts> {
    let (contacts, blocked) = store.contacts()?;
    Ok(Contacts { contacts, blocked })
}

pub(super) fn picture(store: Store<'_>, id: &str) -> Read<Picture> {
    let data = store.picture(id)?.as_deref().and_then(pictures::data_url);
    Ok(Picture { id: id.to_owned(), data })
}
