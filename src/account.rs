//! Unix users by their names: who sits here, and who is at the other end of a socket.

use crate::domain::Plain;

/// The user this process runs as.
pub(crate) fn current() -> Plain {
    named(uzers::get_current_uid())
}

/// The user of this number, as the system calls them.
pub(crate) fn named(uid: u32) -> Plain {
    let user = uzers::get_user_by_uid(uid);
    user.map_or_else(|| Plain::new(&format!("uid {uid}")), |user| Plain::new(&user.name().to_string_lossy()))
}
