internal import Documents
internal import Fleet
internal import LinuxSystem
internal import Programs
internal import Views

/// The resolved request of `headwater sets import`.
struct SetImport {
  let name: String
  let file: String

  func answer() throws -> SetChangeAnswer {
    let folder = AddressSetFolder(environment: ProcessExit.environment)
    let list = try folder.importFile(file, as: name, now: SystemClock.now())
    var document = SetChange(.imported, name: name)
    document.source = file
    document.format = list.format.rawValue
    document.prefixes = list.entries.count
    document.parts = list.parts
    document.skipped = list.skipped
    document.examples = list.examples
    return SetChangeAnswer(document: document)
  }
}

/// The resolved request of `headwater sets forget`.
struct SetRemoval {
  let name: String

  func answer() throws -> SetChangeAnswer {
    guard try AddressSetFolder(environment: ProcessExit.environment).forget(name) else {
      throw CommandFailure(.noAnswer, "no imported set is called \(name); list them with: headwater sets list")
    }
    return SetChangeAnswer(document: SetChange(.forgotten, name: name))
  }
}

/// The changes in the sets.
struct SetChangeAnswer: Answer {
  let document: SetChange
  var status: ExitStatus { .answered }

  func lines(_ output: Output) -> [Line] {
    guard document.action == .imported else { return ["set \(document.name) was removed"] }
    let parts = document.parts ?? []
    let examples = parts.first.map { ", \(parts.count) parts such as \(document.name):\($0)" } ?? ""
    return ["\(document.name): \(document.prefixes ?? 0) prefixes (\(document.format ?? ""))\(examples)"]
  }

  func remarks(_ output: Output) -> [Line] {
    guard let skipped = document.skipped, skipped > 0 else { return [] }
    let examples = (document.examples ?? []).map { "\"\($0)\"" }.joined(separator: ", ")
    return ["\(Units.count(skipped, "line")) could not be read as addresses: \(examples)"]
  }
}
