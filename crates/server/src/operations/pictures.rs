//! Profile pictures, sealed under a key that their owners give to whom they write.

use sealpost_protocol::{
    Problem, ProblemKind,
    safety::{PICTURE_MAX, Picture, PictureRead, PictureWrite},
};

use super::{at_most, invalid, problem};
use crate::{app::App, caller::SignedIn, fan_out};

/// An account's picture; without the key it is noise, so anyone may have it.
pub(super) async fn read(app: &App, body: PictureRead) -> Result<Picture, Problem> {
    app.store.profile(body.account).await?.ok_or(problem(ProblemKind::NotFound))?;
    Ok(app.store.picture(body.account).await?)
}

/// Replaces or removes the caller's picture and tells who may care.
pub(super) async fn write(app: &App, session: &SignedIn, body: PictureWrite) -> Result<Picture, Problem> {
    if body.picture.as_ref().is_some_and(|picture| picture.is_empty()) {
        return Err(invalid("a picture has at least one byte; nothing removes it"));
    }
    at_most("picture", body.picture.as_ref().map_or(0, |picture| picture.len()), PICTURE_MAX)?;
    let version = app.store.write_picture(session.account, body.picture.as_ref()).await?;
    fan_out::people::profile_changed(app, session.account).await?;
    Ok(Picture { version, picture: body.picture })
}
