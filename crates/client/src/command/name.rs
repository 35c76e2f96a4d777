//! What a command is called in logs: passwords, codes and texts are not for them, so its name is all that is shown.

use std::fmt;

use super::Command;

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.about_account().unwrap_or_else(|| self.about_chats()))
    }
}

impl Command {
    fn about_account(&self) -> Option<&'static str> {
        Some(match self {
            Self::SignUp { .. } => "SignUp",
            Self::SignIn { .. } => "SignIn",
            Self::SignInWithPasskey { .. } => "SignInWithPasskey",
            Self::Recover { .. } => "Recover",
            Self::CheckPassword { .. } => "CheckPassword",
            Self::ConfirmRecoveryCode { .. } => "ConfirmRecoveryCode",
            Self::ChangePassword { .. } => "ChangePassword",
            Self::NewRecoveryCode {} => "NewRecoveryCode",
            Self::SetRecoveryCode { .. } => "SetRecoveryCode",
            Self::ReadPasskeys { .. } => "ReadPasskeys",
            Self::AddPasskey { .. } => "AddPasskey",
            Self::RemovePasskey { .. } => "RemovePasskey",
            Self::SignOut { .. } => "SignOut",
            Self::ReadDevices {} => "ReadDevices",
            Self::RenameDevice { .. } => "RenameDevice",
            Self::AcknowledgeDevices {} => "AcknowledgeDevices",
            Self::RevokeDevices { .. } => "RevokeDevices",
            Self::StartLinking {} => "StartLinking",
            Self::StopLinking {} => "StopLinking",
            Self::LinkDevice { .. } => "LinkDevice",
            Self::ApproveLinking {} => "ApproveLinking",
            Self::ChangeSettings(_) => "ChangeSettings",
            Self::SetProfile { .. } => "SetProfile",
            Self::NetworkChanged { .. } => "NetworkChanged",
            _ => return None,
        })
    }

    fn about_chats(&self) -> &'static str {
        match self {
            Self::SearchPeople { .. } => "SearchPeople",
            Self::StartDirect { .. } => "StartDirect",
            Self::CreateGroup { .. } => "CreateGroup",
            Self::AddMembers { .. } => "AddMembers",
            Self::SendText { .. } => "SendText",
            Self::SendFiles { .. } => "SendFiles",
            Self::DropFiles { .. } => "DropFiles",
            Self::KeepFile { .. } => "KeepFile",
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
            Self::ReadExport { .. } => "ReadExport",
            Self::Look { .. } => "Look",
            Self::SetTyping { .. } => "SetTyping",
            Self::ArrangeConversation { .. } => "ArrangeConversation",
            Self::DeleteConversation { .. } => "DeleteConversation",
            Self::AcceptRequest { .. } => "AcceptRequest",
            Self::Block { .. } => "Block",
            Self::SetContact { .. } => "SetContact",
            Self::ReadSafetyNumber { .. } => "ReadSafetyNumber",
            Self::AcceptSuccessor { .. } => "AcceptSuccessor",
            Self::ReplaceMember { .. } => "ReplaceMember",
            Self::SetVerified { .. } => "SetVerified",
            Self::Report { .. } => "Report",
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
            _ => "Command",
        }
    }
}
