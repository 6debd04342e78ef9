internal import Flows

/// PowerShell's `Get-NetTCPConnection`: as a table with any columns in any order, or as a list
/// (`LocalAddress : 10.8.1.3`).
struct PowerShellOutput: PastedOutput {
  let name = "Get-NetTCPConnection"
  let isOfHost = false
  let isListing = true
  let signs: [PastedSign] = [
    .title("a line of Get-NetTCPConnection") { titles($0) != nil || row($0) || member($0) != nil }
  ]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedSocket>] {
    var found: [Evident<ListedSocket>] = []
    var titles = Self.usual
    var block: [Substring: Substring] = [:]
    var first = 0
    func finish() {
      if let socket = Self.socket(block, first) { found.append(text.evident(socket, line: first)) }
      block = [:]
    }
    for line in text.lines where line.text.utf8.count < 1024 {
      if let heading = Self.titles(line.text) {
        titles = heading
      } else if let (key, value) = Self.member(line.text) {
        if block[key] != nil { finish() }
        if block.isEmpty { first = line.number }
        block[key] = value
      } else if Self.row(line.text) {
        let values = Dictionary(zip(titles, PastedWords.split(line.text)), uniquingKeysWith: { first, _ in first })
        if let socket = Self.socket(values, line.number) { found.append(text.evident(socket, line: line.number)) }
      }
    }
    finish()
    return found
  }

  /// The columns of a table whose heading is missing.
  private static let usual: [Substring] = [
    "LocalAddress", "LocalPort", "RemoteAddress", "RemotePort", "State", "AppliedSetting", "OwningProcess",
  ]

  /// The titles of a table; nil for another line.
  private static func titles(_ text: String) -> [Substring]? {
    let words = PastedWords.split(text)
    return words.contains("LocalAddress") && words.contains("RemoteAddress") ? words : nil
  }

  /// Whether a line has two ends, each with its address and port apart, and then a state or a pid.
  private static func row(_ text: String) -> Bool {
    let words = PastedWords.split(text)
    guard (5...9).contains(words.count), let at = words.firstIndex(where: { PastedWords.address($0) != nil }),
      at < 3, at + 4 <= words.count, Port(words[at + 1]) != nil, PastedWords.address(words[at + 2]) != nil,
      Port(words[at + 3]) != nil
    else { return false }
    let others = words[..<at] + words[(at + 4)...]
    return others.contains { states[$0] != nil } || others.first.flatMap { Int32($0) } != nil
  }

  /// Reads `OwningProcess            : 811`.
  private static func member(_ text: String) -> (Substring, Substring)? {
    guard let colon = text.firstIndex(of: ":"), colon > text.startIndex,
      let key = PastedWords.split(text[..<colon]).first, PastedWords.split(text[..<colon]).count == 1,
      usual.contains(key) || key == "CreationTime", text[text.index(before: colon)] == " "
    else { return nil }
    let value = PastedWords.split(text[text.index(after: colon)...]).first ?? ""
    return key == "State" && states[value] == nil ? nil : (key, value)
  }

  private static func socket(_ values: [Substring: Substring], _ line: Int) -> ListedSocket? {
    guard let near = values["LocalAddress"].flatMap({ PastedWords.address($0) }),
      let far = values["RemoteAddress"].flatMap({ PastedWords.address($0) }),
      let nearPort = values["LocalPort"].flatMap({ Port($0) }),
      let farPort = values["RemotePort"].flatMap({ Port($0) })
    else { return nil }
    let remote = Endpoint(far, farPort.number)
    let state = values["State"].flatMap { states[$0] } ?? (remote.port == 0 ? "listening" : "established")
    var socket = ListedSocket(.tcp, state: state, local: Endpoint(near, nearPort.number), remote: remote, line: line)
    socket.tool =
      "Get-NetTCPConnection | Format-Table LocalAddress,LocalPort,RemoteAddress,RemotePort,State,OwningProcess"
    // A column that a person computed may have the name.
    let name = values.first { key, value in
      !usual.contains(key) && key != "CreationTime" && key != "OffloadState" && value.contains(where: \.isLetter)
    }
    if let pid = values["OwningProcess"].flatMap({ Int32($0) }), pid > 0 {
      socket.holders = [
        ListedSocket.Holder(name: name.map { String($0.value) } ?? ListedSocket.Holder.unnamed, pid: pid)
      ]
    }
    return socket
  }

  private static let states: [Substring: String] = [
    "Listen": "listening", "Established": "established", "TimeWait": "time-wait", "CloseWait": "close-wait",
    "FinWait1": "fin-wait-1", "FinWait2": "fin-wait-2", "LastAck": "last-ack", "Closing": "closing",
    "SynSent": "syn-sent", "SynReceived": "syn-received", "Closed": "bound", "DeleteTCB": "closing", "Bound": "bound",
  ]
}

/// A process in a list of processes.
struct ListedProgram: Sendable {
  var pid: Int32
  var name: String
}

/// Windows' `tasklist`: `squid.exe    811 Services    0    12,344 K`.
struct TasklistOutput: PastedOutput {
  let name = "tasklist"
  let isOfHost = true
  let signs: [PastedSign] = [.title("a line of tasklist") { program($0) != nil }]
  let script: String? = nil

  func read(_ text: PastedSample, notes: inout [String]) -> [Evident<ListedProgram>] {
    text.lines.compactMap { line in Self.program(line.text).map { text.evident($0, line: line.number) } }
  }

  private static func program(_ text: String) -> ListedProgram? {
    guard text.utf8.count < 400, text.hasSuffix(" K") || text.hasSuffix("\u{A0}K") else { return nil }
    let words = PastedWords.split(text)
    // name… pid session number memory K; thousands are parted by commas, points or blanks.
    guard words.count >= 6,
      let pid = words.indices.dropFirst().first(where: { Int32(words[$0]).map { $0 > 0 } == true }),
      pid + 4 < words.count, words[(pid + 2)...].dropLast().allSatisfy({ $0.contains(where: \.isNumber) }),
      let number = Int32(words[pid])
    else { return nil }
    return ListedProgram(pid: number, name: words[..<pid].joined(separator: " "))
  }
}
