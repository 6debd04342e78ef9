import HeadwaterCommands

/// The executable is only this: everything lives in the libraries.
@main struct Headwater {
  static func main() async { await HeadwaterCommand.run() }
}
