internal import LinuxSystem

extension FleetSettings {
  /// Adds a host at the end of the `hosts:` of a file, which is made if it is not there; everything else in it stays as
  /// it is.
  ///
  /// - Parameter destination: what `ssh` takes; nil if that is the name.
  /// - Throws: if there is such a host already, or if the file is written in a way that can't be changed line by line.
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
    // Whatever the file looks like: it must now say what it said before and this host, or it stays as it was.
    var expected = before
    expected.hosts.append(HostSpecification(name: name, destination: target))
    try write(edited, to: file, expecting: expected, isNew: content == nil, advice: advice)
  }

  /// Removes the host called `name` from a file; everything else in it stays as it is.
  ///
  /// - Returns: whether it was there.
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
    // What can't be read any more says something else than is expected.
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

  /// mkdir -p -m 700, for the two folders above a settings file.
  private static func makeFolders(of file: String) throws(SystemError) {
    let parts = file.split(separator: "/", omittingEmptySubsequences: true).dropLast()
    for count in stride(from: max(1, parts.count - 1), through: parts.count, by: 1) {
      let folder = "/" + parts.prefix(count).joined(separator: "/")
      do throws(SystemError) { try OwnFiles.make(folder: folder) } catch {
        // One that others may enter, or root's, does as well; if it doesn't, writing says so.
        if !error.errno.isDenial { throw error }
      }
    }
  }

  /// A word of YAML: as it is if nothing in it means anything, else in double quotes.
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

  /// What YAML 1.1 takes for something else than a word.
  private static let words: Set<String> = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]
}
