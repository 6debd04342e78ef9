internal import Programs

/// Reads haproxy.cfg line by line. It knows the keywords that say who is connected with whom, and skips the rest.
struct HAProxyConfigurationReader {
  var configuration = HAProxyConfiguration()
  var lines: HAProxyLineReader
  /// The section that the current line belongs to.
  enum Current { case none, global, section(HAProxySection), other }
  var current = Current.none
  /// All `defaults` sections so far, and the newest one.
  var defaults: [String: HAProxySection] = [:]
  var newestDefaults: HAProxySection?
  /// `unix-bind prefix`
  var unixPrefix = ""
  /// The number of open `.if`.
  var depth = 0
  var place = ConfigurationLine(file: "", line: 0)
  static let problemLimit = 1000

  init(environment: [String: String]) { lines = HAProxyLineReader(environment: environment) }

  mutating func read(_ content: [UInt8], file: String) {
    configuration.files.append(file)
    lines.file = file
    depth = 0
    // Only very old versions continue a section in the next file.
    content.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      let count = bytes.count
      var start = 0
      var number = 0
      while start < count {
        var end = start
        while end < count, base[end] != 10 { end += 1 }
        number += 1
        place = ConfigurationLine(file: file, line: number)
        lines.line = number
        read(UnsafeBufferPointer(start: base + start, count: end - start))
        start = end + 1
      }
    }
    if depth > 0 { complain(".if without .endif") }
    finishSection()
    current = .none
  }

  mutating func finish() -> HAProxyConfiguration {
    for (index, section) in configuration.sections.enumerated() {
      if section.acceptsClients {
        configuration.accepting.append(index)
        configuration.frontends[section.name, default: []].append(index)
      }
      if section.hasServers { configuration.backends[section.name, default: []].append(index) }
    }
    return configuration
  }

  mutating func complain(_ text: String) {
    guard configuration.problems.count < Self.problemLimit else { return }
    configuration.problems.append(ConfigurationProblem(text, at: place))
  }

  private mutating func read(_ line: UnsafeBufferPointer<UInt8>) {
    guard isOfInterest(line) else { return }
    do throws(HAProxyLineReader.Failure) {
      let words = try lines.words(line)
      guard let first = words.first else { return }
      if first.hasPrefix(".") { return macro(first) }
      if !startSection(first, words) { keyword(first, words) }
    } catch {
      complain(error.text)
    }
  }

  /// Whether a line may matter. Most lines of a large file do not; their first letters show it, so they are not split.
  private func isOfInterest(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    var start = 0
    while start < line.count, line[start] == 32 || (9...13).contains(line[start]) { start += 1 }
    guard start < line.count, line[start] != UInt8(ascii: "#") else { return false }
    var end = start
    while end < line.count, line[end] > 32 {
      // Quotes in a keyword are allowed, if rare.
      if [34, 36, 39, 92].contains(line[end]) { return true }
      end += 1
    }
    let word = String(decoding: UnsafeBufferPointer(rebasing: line[start..<end]), as: UTF8.self)
    return word.hasPrefix(".") || Self.keywords.contains(word) || Self.sectionWords.contains(word)
  }

  static let keywords: Set<String> = [
    "bind", "server", "server-template", "default-server", "use_backend", "default_backend", "use-server", "source",
    "mode", "stats", "chroot", "unix-bind", "setenv", "presetenv", "unsetenv", "resetenv",
  ]
  static let sectionWords: Set<String> = [
    "global", "defaults", "frontend", "backend", "listen", "peers", "resolvers", "userlist", "mailers", "cache",
    "program", "ring", "log-forward", "log-profile", "http-errors", "fcgi-app", "crt-store", "traces", "acme",
    "namespace_list", "dynamic-update",
  ]

  /// Keeps both branches of a condition, because only the running process knows which one applies.
  private mutating func macro(_ word: String) {
    switch word {
    case ".if": depth += 1
    case ".endif":
      if depth == 0 { complain(".endif without .if") }
      depth = max(0, depth - 1)
    case ".else", ".elif": if depth == 0 { complain("\(word) without .if") }
    case ".notice", ".warning", ".alert", ".diag": break
    default: complain("unknown macro \(word)")
    }
  }

  private mutating func startSection(_ first: String, _ words: [String]) -> Bool {
    guard Self.sectionWords.contains(first) else { return false }
    finishSection()
    lines.section = first
    guard let kind = HAProxySection.Kind(rawValue: first) else {
      current = first == "global" ? .global : .other
      return true
    }
    let name = words.count > 1 && !(kind == .defaults && words[1] == "from") ? words[1] : ""
    if name.isEmpty, kind != .defaults { complain("\(first) without a name") }
    var section = HAProxySection(kind: kind, name: name, place: place)
    section.isConditional = depth > 0
    var inherited = newestDefaults
    var rest = words.dropFirst(name.isEmpty ? 1 : 2)
    if let from = rest.firstIndex(of: "from") {
      let parent = from + 1 < words.count ? words[from + 1] : ""
      inherited = defaults[parent]
      if inherited == nil { complain("no defaults section \(parent)") }
      rest = rest[..<from]
    } else if kind == .defaults {
      inherited = nil
    }
    if let inherited {
      section.mode = inherited.mode
      section.source = inherited.source
      section.serverDefaults = inherited.serverDefaults
      // A default_backend applies to sections that accept clients.
      if section.kind != .backend { section.routes = inherited.routes }
    }
    // Old files: `listen NAME ADDRESS[,ADDRESS]`.
    if kind == .frontend || kind == .listen, let addresses = rest.first { bind(addresses, [], in: &section) }
    current = .section(section)
    return true
  }

  mutating func finishSection() {
    guard case .section(let section) = current else { return }
    current = .none
    if section.kind == .defaults {
      newestDefaults = section
      if !section.name.isEmpty { defaults[section.name] = section }
    } else {
      configuration.sections.append(section)
    }
  }
}
