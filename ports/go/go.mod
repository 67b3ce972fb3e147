module relogin.invalid/port

go 1.19
