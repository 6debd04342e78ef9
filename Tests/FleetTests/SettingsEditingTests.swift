import Fleet
import Foundation
import Testing

@Suite struct SettingsEditingTests {
  /// A folder for the time of `body`.
  private func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("fleet-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func text(_ file: String) throws -> String { try String(contentsOfFile: file, encoding: .utf8) }

  @Test func `a host is added at the end of the others, and comments stay`() throws {
    try inFolder { folder in
      let file = folder + "/config.yaml"
      let before = "# mine\nhosts:   # all\n- name: a\n  ssh: x   # why\n\n# sets follow\nsets:\n  o: [10.0.0.0/8]\n"
      try before.write(toFile: file, atomically: false, encoding: .utf8)
      try FleetSettings.add("b", destination: "root@10.0.0.2", to: file)
      #expect(
        try text(file)
          == "# mine\nhosts:   # all\n- name: a\n  ssh: x   # why\n- name: b\n  ssh: root@10.0.0.2\n\n# sets follow\nsets:\n  o: [10.0.0.0/8]\n"
      )
      #expect(try FleetSettings.forget("b", in: file))
      #expect(try text(file) == before)
      #expect(try FleetSettings.forget("b", in: file) == false)
    }
  }

  @Test(arguments: [
    "", "# only this\n", "hosts:\n", "hosts: []\n", "hosts: ~ # none\n", "sets:\n  o: [10.0.0.0/8]\n", "sets: {}",
    "hosts:\n    - name: z\n      ssh_options:\n        - -p\n        - \"22\"\n", "hosts:\n# x\n- name: z\n  # y\n",
  ]) func `adding and forgetting gives the same hosts as before`(before: String) throws {
    try inFolder { folder in
      let file = folder + "/config.yaml"
      try before.write(toFile: file, atomically: false, encoding: .utf8)
      let original = try FleetSettings(parsing: Array(before.utf8), file: file)
      try FleetSettings.add("yes", destination: "[::1]", to: file)
      let added = try FleetSettings(parsing: Array(text(file).utf8), file: file)
      #expect(added.hosts.map(\.name) == original.hosts.map(\.name) + ["yes"])
      #expect(added.hosts.last?.destination.description == "[::1]")
      #expect(added.sets == original.sets)
      for comment in ["# only this", "# none", "# x", "# y"] where before.contains(comment) {
        #expect(try text(file).contains(comment))
      }
      #expect(try FleetSettings.forget("yes", in: file))
      #expect(try FleetSettings(parsing: Array(text(file).utf8), file: file) == original)
    }
  }

  @Test func `a file that can't be changed line by line stays as it is, and says what to write`() throws {
    try inFolder { folder in
      let file = folder + "/config.yaml"
      for before in ["hosts: [{name: a}]\n", "{hosts: []}\n", "\"hosts\": []\n"] {
        try before.write(toFile: file, atomically: false, encoding: .utf8)
        let error = #expect(throws: SettingsError.self) { try FleetSettings.add("b", destination: nil, to: file) }
        #expect(error?.problem.contains("- name: b") == true)
        #expect(try text(file) == before)
      }
    }
  }

  @Test func `a link is refused, and what it leads to stays as it is`() throws {
    try inFolder { folder in
      let file = folder + "/config.yaml"
      try "hosts:\n".write(toFile: folder + "/other", atomically: false, encoding: .utf8)
      try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: "other")
      #expect(throws: SettingsError.self) { try FleetSettings.add("b", destination: nil, to: file) }
      #expect(try text(folder + "/other") == "hosts:\n")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["config.yaml", "other"])
    }
  }

  @Test func `its mode stays, and folders are made private`() throws {
    try inFolder { folder in
      let file = folder + "/a/b/config.yaml"
      try FileManager.default.createDirectory(atPath: folder + "/a", withIntermediateDirectories: true)
      try FleetSettings.add("b", destination: nil, to: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
      try FleetSettings.add("c", destination: nil, to: file)
      let mode = { (path: String) in
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      }
      #expect(try mode(file) == 0o640)
      #expect(try mode(folder + "/a/b") == 0o700)
      #expect(try FleetSettings(file: file, environment: [:]).hosts.map(\.name) == ["b", "c"])
    }
  }

  @Test func `names that mean something to YAML stay names`() throws {
    try inFolder { folder in
      let file = folder + "/config.yaml"
      for name in ["null", "yes", "10", "a#b", "a:b", "*x", "käse", "\"", "a:"] {
        try FleetSettings.add(name, destination: "x", to: file)
      }
      let found = try FleetSettings(file: file, environment: [:])
      #expect(found.hosts.map(\.name) == ["null", "yes", "10", "a#b", "a:b", "*x", "käse", "\"", "a:"])
      #expect(throws: SettingsError.self) { try FleetSettings.add("10", destination: "x", to: file) }
      #expect(throws: SettingsError.self) { try FleetSettings.add("-x", destination: "x", to: file) }
    }
  }
}
