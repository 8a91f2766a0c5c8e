@echo off
rem Double-click: opens the menu of ssj. Plain ASCII, since cmd.exe reads other bytes wrongly in places; what people read
rem comes from ssj itself or from ssj\templates\start.txt, both UTF-8.
setlocal
chcp 65001 >nul
pushd "%~dp0"
title ssj
set "PYTHONUTF8=1"
set "HOME_OF_SSJ="

if exist ".venv\Scripts\ssj.exe" set "HOME_OF_SSJ=%~dp0.venv"
if defined HOME_OF_SSJ goto start

rem Environments that conda knows of, then the usual places.
set "LIST=%USERPROFILE%\.conda\environments.txt"
if exist "%LIST%" for /f "usebackq delims=" %%E in ("%LIST%") do if /i "%%~nxE"=="ssj" if exist "%%E\Scripts\ssj.exe" set "HOME_OF_SSJ=%%E"
if defined HOME_OF_SSJ goto start
for %%B in ("%CONDA_PREFIX%" "%USERPROFILE%\.conda" "%USERPROFILE%\miniforge3" "%USERPROFILE%\miniconda3" "%USERPROFILE%\anaconda3" "%LOCALAPPDATA%\miniforge3" "%LOCALAPPDATA%\miniconda3" "%LOCALAPPDATA%\anaconda3" "%ProgramData%\miniforge3" "%ProgramData%\miniconda3" "%ProgramData%\anaconda3") do if exist "%%~B\envs\ssj\Scripts\ssj.exe" set "HOME_OF_SSJ=%%~B\envs\ssj"
if defined HOME_OF_SSJ goto start

type "ssj\templates\start.txt"
goto end

:start
set "PATH=%HOME_OF_SSJ%;%HOME_OF_SSJ%\Library\mingw-w64\bin;%HOME_OF_SSJ%\Library\usr\bin;%HOME_OF_SSJ%\Library\bin;%HOME_OF_SSJ%\Scripts;%PATH%"
"%HOME_OF_SSJ%\Scripts\ssj.exe"

:end
popd
echo.
pause
endlocal
