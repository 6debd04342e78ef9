import Foundation
import LinuxSystem
import Testing

@Suite struct TapeArchiveTests {
  private let long = String(repeating: "folder-with-a-long-name/", count: 8) + "file.txt"

  /// Runs a program of the system in `folder`.
  private func run(_ folder: WorkFolder, _ script: String) throws {
    let process = Foundation.Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "cd '\(folder.path)' && \(script)"]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  @Test(arguments: ["ustar", "gnu", "posix"])
  func `archives of the system's tar are read, links and folders left out`(_ format: String) throws {
    let folder = try WorkFolder()
    try run(
      folder,
      "mkdir -p h/sub && printf one > h/a.txt && printf two > h/sub/b.txt && ln -s /etc/passwd h/link && ln h/a.txt h/hard && mkfifo h/pipe"
        + (format == "ustar" ? "" : " && mkdir -p \"h/$(dirname '\(long)')\" && printf three > 'h/\(long)'")
        + " && tar --format=\(format) -czf out.tgz h")
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/out.tgz")))
    let found = try TapeArchive(parsing: bytes).entries
    let texts = Dictionary(uniqueKeysWithValues: found.map { ($0.path, String(decoding: $0.content, as: UTF8.self)) })
    var wanted = ["h/sub/b.txt": "two"]
    // Which of two hard links is the file is up to the folder's order.
    wanted[texts["h/a.txt"] == nil ? "h/hard" : "h/a.txt"] = "one"
    if format != "ustar" { wanted["h/\(long)"] = "three" }
    #expect(texts == wanted)
  }

  @Test func `the system's tar reads what we write`() throws {
    let folder = try WorkFolder()
    let entries = [
      TapeArchive.Entry(path: "s750/a.txt", content: Array("one".utf8)), TapeArchive.Entry(path: long, content: []),
      TapeArchive.Entry(path: "s750/b", content: [UInt8](repeating: 7, count: 1024)),
    ]
    let bytes = try Gzip.compress(TapeArchive(entries).bytes(modified: 1_700_000_000))
    try Data(bytes).write(to: URL(fileURLWithPath: "\(folder.path)/in.tgz"))
    try run(
      folder,
      "tar -xzf in.tgz && test \"$(cat s750/a.txt)\" = one && test -f '\(long)' && test $(wc -c < s750/b) = 1024")
    #expect(try TapeArchive(parsing: bytes).entries == entries)
  }

  @Test func `names that lead out of the archive are refused`() {
    for path in ["../x", "/etc/passwd", "a/../../x"] {
      let bytes = TapeArchive([TapeArchive.Entry(path: path, content: [1])]).bytes()
      #expect { try TapeArchive(parsing: bytes) } throws: { ($0 as? TapeArchive.ReadingError)?.code == .unsafePath }
    }
  }

  @Test func `torn, forged and swollen archives are refused`() throws {
    let whole = TapeArchive([TapeArchive.Entry(path: "a", content: [UInt8](repeating: 65, count: 5000))]).bytes()
    #expect(throws: TapeArchive.ReadingError.self) { try TapeArchive(parsing: Array(whole.prefix(2000))) }
    var forged = whole
    forged[0] = 66
    #expect(throws: TapeArchive.ReadingError.self) { try TapeArchive(parsing: forged) }
    #expect(throws: TapeArchive.ReadingError.self) { try TapeArchive(parsing: []) }
    let packed = try Gzip.compress(whole)
    #expect(throws: TapeArchive.ReadingError.self) { try TapeArchive(parsing: Array(packed.prefix(packed.count / 2))) }
    // A thousandfold: 200 MB in 200 kB.
    let bomb = try Gzip.compress([UInt8](repeating: 0, count: 200 << 20))
    var limits = TapeArchive.Limits()
    (limits.totalBytes, limits.entries) = (1 << 20, 10)
    #expect { try TapeArchive(parsing: bomb, limits: limits) } throws: {
      ($0 as? TapeArchive.ReadingError)?.code == .tooLarge
    }
    limits.fileBytes = 4999
    #expect { try TapeArchive(parsing: whole, limits: limits) } throws: {
      ($0 as? TapeArchive.ReadingError)?.code == .tooLarge
    }
  }
}

/// A folder for other programs' files, removed with all of them.
private final class WorkFolder {
  let path: String

  init() throws {
    path = "/tmp/headwater-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
