//! What a command is called in logs: passwords, codes and texts are not for them, so its name is all that is shown.

use std::fmt;

use super::Command;

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignUp { .. } => "SignUp",
            Self::SignIn { .. } => "SignIn",
            Self::Recover { .. } => "Recover",
            Self::CheckPassword { .. } => "CheckPassword",
            Self::ConfirmRecoveryCode { .. } => "ConfirmRecoveryCode",
            Self::SignOut { .. } => "SignOut",
            Self::SearchPeople { .. } => "SearchPeople",
            Self::StartDirect { .. } => "StartDirect",
            Self::CreateGroup { .. } => "CreateGroup",
            Self::AddMembers { .. } => "AddMembers",
            Self::SendText { .. } => "SendText",
            Self::EditText { .. } => "EditText",
            Self::DeleteMessages { .. } => "DeleteMessages",
            Self::React { .. } => "React",
            Self::SendPoll { .. } => "SendPoll",
            Self::Vote { .. } => "Vote",
            Self::Forward { .. } => "Forward",
            Self::CompleteMention { .. } => "CompleteMention",
            Self::FindTime { .. } => "FindTime",
            Self::ReadMessageInfo { .. } => "ReadMessageInfo",
            Self::Search { .. } => "Search",
            Self::Look { .. } => "Look",
            Self::SetTyping { .. } => "SetTyping",
            Self::ArrangeConversation { .. } => "ArrangeConversation",
            Self::DeleteConversation { .. } => "DeleteConversation",
            Self::AcceptRequest { .. } => "AcceptRequest",
            Self::Block { .. } => "Block",
            Self::SetContact { .. } => "SetContact",
            Self::ReadSafetyNumber { .. } => "ReadSafetyNumber",
            Self::SetVerified { .. } => "SetVerified",
            Self::Report { .. } => "Report",
            Self::ChangeSettings(_) => "ChangeSettings",
            Self::SetProfile { .. } => "SetProfile",
            Self::ChangeGroup { .. } => "ChangeGroup",
            Self::SetTimer { .. } => "SetTimer",
            Self::RemoveMembers { .. } => "RemoveMembers",
            Self::SetAdmin { .. } => "SetAdmin",
            Self::SetPolicy { .. } => "SetPolicy",
            Self::LeaveGroup { .. } => "LeaveGroup",
            Self::BeginAnew { .. } => "BeginAnew",
            Self::CreateLink { .. } => "CreateLink",
            Self::RevokeLink { .. } => "RevokeLink",
            Self::InspectLink { .. } => "InspectLink",
            Self::JoinByLink { .. } => "JoinByLink",
            Self::AnswerJoinRequest { .. } => "AnswerJoinRequest",
            Self::Retry { .. } => "Retry",
            Self::Discard { .. } => "Discard",
            Self::MarkRead { .. } => "MarkRead",
            Self::SaveDraft { .. } => "SaveDraft",
            Self::ReadDraft { .. } => "ReadDraft",
            Self::NetworkChanged { .. } => "NetworkChanged",
        })
    }
}
