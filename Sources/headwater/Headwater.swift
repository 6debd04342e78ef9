import HeadwaterCommands

/// The executable itself has nothing but this call; the libraries have everything else.
@main struct Headwater {
  static func main() async { await HeadwaterCommand.run() }
}
