internal import LinuxSystem

/// A command that, as it was given, only reads files that strangers may have made.
protocol ReadingCommand {
  /// The folders below which it writes; nil if it does more than read files and print.
  var writtenFolders: [String]? { get }
}

extension ReadingCommand {
  /// Takes from this program what the command does not need. Call it before the program starts threads.
  func giveUpRights() {
    if let folders = writtenFolders { ReadingOnly.begin(writingBelow: folders) }
  }
}

extension TraceCommand: ReadingCommand {
  var writtenFolders: [String]? { bundles.isEmpty || hosts.isGiven ? nil : [] }
}

extension TopCommand: ReadingCommand {
  var writtenFolders: [String]? { recorded.isGiven ? [] : nil }
}

extension InspectCommand: ReadingCommand {
  var writtenFolders: [String]? { recorded.isGiven ? [] : nil }
}

extension RelaysCommand: ReadingCommand {
  var writtenFolders: [String]? { recorded.isGiven ? [] : nil }
}

extension LogsCommand: ReadingCommand {
  var writtenFolders: [String]? { recorded.isGiven || (!paths.isEmpty && !hosts.isGiven) ? [] : nil }
}

extension PcapCommand: ReadingCommand {
  var writtenFolders: [String]? {
    guard write.count == 2 else { return [] }
    let path = write[1]
    guard let slash = path.lastIndex(of: "/") else { return ["."] }
    return [slash == path.startIndex ? "/" : String(path[..<slash])]
  }
}
