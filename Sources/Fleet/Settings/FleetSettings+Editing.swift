internal import LinuxSystem

extension FleetSettings {
  /// Adds a host at the end of `hosts:` in a file, and creates the file if necessary. The rest of the file does not
  /// change.
  ///
  /// - Parameter destination: the destination for `ssh`; nil if it is the name.
  /// - Throws: if the host already exists, or if the file's form can't be changed line by line.
  public static func add(_ name: String, destination: String?, to file: String) throws(SettingsError) {
    if let problem = HostName.problem(name) { throw SettingsError(.malformed, file, problem) }
    let target: SSHDestination
    do throws(SSHArgumentError) { target = try SSHDestination(destination ?? name) } catch {
      throw SettingsError(.malformed, file, "\(error)")
    }
    let content = try content(of: file, mustExist: false)
    let (text, before) = try read(content ?? [], file)
    if before.hosts.contains(where: { $0.name == name }) {
      throw SettingsError(
        .malformed, file,
        "host \(name) is configured already; change it there, or remove it with: headwater hosts forget \(name)")
    }
    let item = ["- name: \(quoted(name))"] + (destination.map { ["  ssh: \(quoted($0))"] } ?? [])
    let advice = "write there yourself:  " + item.joined(separator: "\\n").replacing("\\n", with: ", ")
    var edited = text
    if let place = text.hostLines() {
      if place.items.isEmpty {
        guard ["", "[]", "~", "null"].contains(place.value) else {
          throw SettingsError(.malformed, file, line: place.key + 1, advice)
        }
        if !place.value.isEmpty, let range = edited.lines[place.key].firstRange(of: place.value) {
          edited.lines[place.key].removeSubrange(range)
        }
        edited.lines.insert(contentsOf: item.map { "  " + $0 }, at: place.key + 1)
      } else {
        let blank = String(repeating: " ", count: place.indent ?? 0)
        edited.lines.insert(contentsOf: item.map { blank + $0 }, at: place.items.last?.upperBound ?? place.key + 1)
      }
    } else {
      edited.lines += ["hosts:"] + item.map { "  " + $0 }
    }
    // Whatever the file's form is, it must now have its old content and this host; otherwise it is not changed.
    var expected = before
    expected.hosts.append(HostSpecification(name: name, destination: target))
    try write(edited, to: file, expecting: expected, isNew: content == nil, advice: advice)
  }

  /// Removes the host `name` from a file. The rest of the file does not change.
  ///
  /// - Returns: whether the host was there.
  public static func forget(_ name: String, in file: String) throws(SettingsError) -> Bool {
    guard let content = try content(of: file, mustExist: false) else { return false }
    let (text, before) = try read(content, file)
    guard let index = before.hosts.firstIndex(where: { $0.name == name }) else { return false }
    let advice = "the host \(name) must be removed from it by hand"
    guard let place = text.hostLines(), place.items.count == before.hosts.count else {
      throw SettingsError(.malformed, file, advice)
    }
    var edited = text
    edited.lines.removeSubrange(place.items[index])
    var expected = before
    expected.hosts.remove(at: index)
    try write(edited, to: file, expecting: expected, isNew: false, advice: advice)
    return true
  }

  private static func read(_ content: [UInt8], _ file: String) throws(SettingsError) -> (SettingsText, FleetSettings) {
    let settings = try FleetSettings(parsing: content, file: file)
    return (SettingsText(String(decoding: content, as: UTF8.self)), settings)
  }

  private static func write(
    _ edited: SettingsText, to file: String, expecting expected: FleetSettings, isNew: Bool, advice: String
  ) throws(SettingsError) {
    let content = Array(edited.text.utf8)
    // A file that can't be read any more does not have the expected content.
    guard let after = try? FleetSettings(parsing: content, file: file), after.hosts == expected.hosts,
      after.sets == expected.sets
    else { throw SettingsError(.malformed, file, "it can't be changed line by line; \(advice)") }
    do throws(SystemError) {
      if isNew { try makeFolders(of: file) }
      try OwnFiles.replace(file, with: content)
    } catch {
      throw SettingsError(.denied, file, "\(error.errno); \(advice)")
    }
  }

  /// Does `mkdir -p -m 700` for the two folders above a settings file.
  private static func makeFolders(of file: String) throws(SystemError) {
    let parts = file.split(separator: "/", omittingEmptySubsequences: true).dropLast()
    for count in stride(from: max(1, parts.count - 1), through: parts.count, by: 1) {
      let folder = "/" + parts.prefix(count).joined(separator: "/")
      do throws(SystemError) { try OwnFiles.make(folder: folder) } catch {
        // A folder that others may enter, or root's, is fine as well; if not, writing reports it.
        if !error.errno.isDenial { throw error }
      }
    }
  }

  /// The text as a word of YAML, in double quotes if it would otherwise have another meaning.
  private static func quoted(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "@._-/:+".unicodeScalars.contains($0))
    }
    let first = text.unicodeScalars.first
    if isPlain, let first, first.properties.isAlphabetic, !text.hasSuffix(":"), !words.contains(text.lowercased()) {
      return text
    }
    return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// Words that YAML 1.1 does not read as text.
  private static let words: Set<String> = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
}
