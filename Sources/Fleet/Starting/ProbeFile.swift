public import LinuxSystem

/// A probe's executable on this machine.
public struct ProbeFile: Hashable, Sendable {
  /// An architecture, as `uname -m` prints it.
  public enum Architecture: String, Hashable, Sendable, CaseIterable {
    case x86_64
    case aarch64

    /// `e_machine` of a 64-bit little-endian ELF file (elf.h: EM_X86_64, EM_AARCH64).
    init?(elfMachine: UInt16) {
      switch elfMachine {
      case 62: self = .x86_64
      case 183: self = .aarch64
      default: return nil
      }
    }
  }

  public let path: String
  /// The architecture; nil for a script, which runs on any.
  public let architecture: Architecture?
  public let digest: FileDigest

  /// - Throws: if the file can't be used as a probe.
  public init(_ path: String) throws(SystemError) {
    self.path = path
    let head = try OwnFiles.read(path, limit: 4096)
    if head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) {
      // ELFCLASS64, ELFDATA2LSB
      guard head.count >= 64, head[4] == 2, head[5] == 1,
        let machine = Architecture(elfMachine: UInt16(head[18]) | UInt16(head[19]) << 8),
        !Self.needsInterpreter(head)
      else { throw SystemError("use \(path) as the probe, which must be static", .notSupported) }
      architecture = machine
    } else {
      guard head.starts(with: "#!".utf8) else { throw SystemError("use \(path) as the probe", .invalid) }
      architecture = nil
    }
    digest = try FileDigest(of: path)
  }

  /// Whether one of the first program headers is PT_INTERP (elf.h). Other hosts may not have the shared libraries of
  /// such a program.
  private static func needsInterpreter(_ head: [UInt8]) -> Bool {
    func number(_ offset: Int, _ size: Int) -> Int {
      (0..<size).reduce(0) { $0 | Int(head[offset + $1]) << (8 * $1) }
    }
    let (table, size, count) = (number(32, 4), number(54, 2), number(56, 2))
    guard size >= 4 else { return false }
    return (0..<count).contains { index in
      let entry = table + index * size
      return entry + 4 <= head.count && number(entry, 4) == 3
    }
  }

  /// The available probes: those that `HEADWATER_PROBE` names (a file or a folder), or those beside the running
  /// program: `headwater-probe`, and `headwater-probe-ARCHITECTURE` for other machines. At most one for each
  /// architecture.
  ///
  /// - Throws: if there is none.
  public static func all(environment: [String: String]) throws(SystemError) -> [ProbeFile] {
    var candidates: [String] = []
    if let named = environment["HEADWATER_PROBE"], !named.isEmpty {
      candidates = [named] + names.map { "\(named)/\($0)" }
    } else {
      let program = try OwnFiles.runningProgram()
      let folder = program.lastIndex(of: "/").map { program[..<$0] } ?? "."
      candidates = names.map { "\(folder)/\($0)" }
    }
    var found: [ProbeFile] = []
    var failure: SystemError?
    for path in candidates {
      do throws(SystemError) {
        let file = try ProbeFile(path)
        if !found.contains(where: { $0.architecture == file.architecture }) { found.append(file) }
      } catch {
        if failure == nil || failure?.errno == .noSuchFile { failure = error }
      }
    }
    guard found.isEmpty else { return found }
    throw failure ?? SystemError("find headwater-probe", .noSuchFile)
  }

  private static let names = Architecture.allCases.map { "headwater-probe-\($0.rawValue)" } + ["headwater-probe"]

  /// The probe for a machine.
  static func fitting(_ architecture: String, in probes: [ProbeFile]) -> ProbeFile? {
    probes.first { $0.architecture == nil || $0.architecture?.rawValue == architecture }
  }
}
