//! What the person chose, whom they know, and pictures.

use super::Read;
use crate::{
    snapshot::{Contacts, Notifications, Picture, Settings, WhoMayMessage},
    store::Store,
};

pub(super) fn default() -> Settings {
    Settings {
        read_receipts: true,
        typing: true,
        presence: true,
        who_may_message: WhoMayMessage::Everyone,
        notifications: Notifications::Full,
    }
}

pub(super) fn no_contacts() -> Contacts {
    Contacts { contacts: Vec::new(), blocked: Vec::new() }
}

pub(super) fn settings(_store: Store<'_>) -> Read<Settings> {
    Ok(default())
}

pub(super) fn contacts(_store: Store<'_>) -> Read<Contacts> {
    Ok(no_contacts())
}

pub(super) fn picture(_store: Store<'_>, id: &str) -> Read<Picture> {
    Ok(Picture { id: id.to_owned(), data: None })
}
